"""Which passwords are refused: the length, and what somebody would try first."""

from chassis.errors import wrong

SHORTEST = 12  # characters, as in the contract
LONGEST = 200
FEWEST_DIFFERENT = 4  # fewer different characters than this is `121212121212`

FEWEST_DIGITS, FEWEST_SPECIAL = 2, 2  # of a portal user's (R-POR-5)
DECORATION = "0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

# The commonest passwords of at least 12 characters in published leaks; shorter ones are refused by their length.
COMMONEST = frozenset(
    """
    123456789012 1234567890123 12345678901234 123456789123 123456123456 123123123123 123412341234 098765432109
    0987654321098 112233445566 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsxedcrfv
    qwertyuiop12 qwertyuiop123 qwerty123456 qwertyqwerty qwerty1234567 qwertyuiopas qwertyuiopasdfghjkl
    asdfghjkl123 asdfghjklzxcvbnm zxcvbnm12345 abcdefghijkl abcdefghijklmnop abcd12345678 abc123456789
    a12345678910 password1234 password12345 password123456 password2024 password2025 password2026
    passwordpassword password123! password1234! passw0rd1234 p@ssw0rd1234 p@ssword1234 mypassword123
    changeme1234 changemenow1 letmein12345 letmeinplease welcome12345 welcome123456 administrator administrator1
    admin1234567 adminadmin123 adminadminadmin iloveyou1234 iloveyou123456 iloveyouforever unbelievable
    manchesterunited liverpoolfc1 football1234 superman1234 correcthorsebatterystaple trustno1trustno1
    motdepasse12 motdepasse123 motdepasse1234 azertyuiop12 azertyuiop123 azertyuiopqsdfghjklm bienvenue123
    bonjour12345 jetaime12345 soleil123456 secret123456 accounting123 accountant123 computer1234 michelle1234
    whatever1234
    """.split()  # noqa: SIM905 (a list of a hundred literals reads worse)
)


def check_password(field: str, password: str, *, email: str, name: str) -> None:
    """Refuse a password that is too short or long, the person's own name or address, or everybody's. Raises Invalid."""
    plain = password.strip().casefold()
    if not SHORTEST <= len(password) <= LONGEST:
        raise wrong(field, f"Take from {SHORTEST} to {LONGEST} characters.")
    if plain in {own.strip().casefold() for own in (email, email.partition("@")[0], name)}:
        raise wrong(field, "Take something else than your name or e-mail address.")
    if plain in COMMONEST or len(set(plain)) < FEWEST_DIFFERENT:
        raise wrong(field, "This is among the passwords that are tried first; take another.")


# What those who must mix kinds of characters type first, folded; a year or a mark at the end makes it no better.
COMMON_STEMS = frozenset(
    """
    password passw0rd p@ssword p@ssw0rd pa$$word pa$$w0rd motdepasse welcome w3lcome bienvenue qwerty azerty letmein
    changeme administrator admin iloveyou summer winter spring autumn monday friday january december company accounting
    accountant taxes qwertyuiop azertyuiop abcdefgh abcdefghij secret soleil bonjour football dragon sunshine princess
    """.split()  # noqa: SIM905 (a list of forty literals reads worse)
)


def check_portal_password(field: str, password: str, *, email: str) -> None:
    """Refuse what R-POR-5 refuses: fewer than 12 characters, 1 capital, 2 digits, 2 others. Raises Invalid.

    And what `check_password` refuses, and a common word with marks around it.
    """
    special = sum(not character.isalnum() and not character.isspace() for character in password)
    digits = sum(character.isdigit() for character in password)
    if not any(character.isupper() for character in password) or digits < FEWEST_DIGITS or special < FEWEST_SPECIAL:
        raise wrong(
            field, f"Take at least 1 capital letter, {FEWEST_DIGITS} digits and {FEWEST_SPECIAL} special characters."
        )
    check_password(field, password, email=email, name=email)
    stem = password.casefold().strip(DECORATION)
    if stem in COMMON_STEMS or stem == email.partition("@")[0].casefold():
        raise wrong(field, "This is among the passwords that are tried first; take another.")
