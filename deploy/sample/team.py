"""Who works in the sample firm, and how they sign in."""

from dataclasses import dataclass

from contracts.identity import Right, Role

FIRM = "Moreau & Whitfield"


@dataclass(frozen=True)
class Worker:
    """`key` names them in the sample; `label` tells people what the sign-in shows."""

    key: str
    role: Role
    label: str
    name: str
    email: str
    password: str
    rights: tuple[Right, ...] = ()
    has_default_access: bool = False


OWNER = Worker("owner", "owner", "owner", "Claire Moreau", "claire.moreau@example.com", "lantern-quarry-41")
TEAM = (
    OWNER,
    Worker("admin", "admin", "admin", "James Whitfield", "james.whitfield@example.com", "juniper-thimble-27"),
    Worker(
        "more",
        "employee",
        "employee with many rights",
        "Nadia Benali",
        "nadia.benali@example.com",
        "saffron-harbour-63",
        rights=(
            "assign_team_members",
            "manage_accounts",
            "manage_contacts",
            "manage_tags",
            "view_all_accounts",
            "view_all_contacts",
        ),
        has_default_access=True,
    ),
    Worker(
        "few",
        "employee",
        "employee with few rights",
        "Tom Sørensen",
        "tom.sorensen@example.com",
        "wayfarer-copper-58",
    ),
)
