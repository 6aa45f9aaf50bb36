"""Everything fails at random under work that must not be lost: processes, servers, wire, disk, code."""
