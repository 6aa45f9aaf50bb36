"""What every service stands on; knows no business word."""

import warnings

# Eventlet warns at every import that it is in maintenance; the README says what that means for us.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
