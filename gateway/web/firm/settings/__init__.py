"""Settings: the firm's and one's own. Who may not change something does not find its page either."""

from gateway.web.firm.settings import books, books_errors, fields, lists, mail, me, offers, records, team, work

PAGES = (
    *me.PAGES,
    *team.PAGES,
    *lists.PAGES,
    *fields.PAGES,
    *work.PAGES,
    *offers.PAGES,
    *mail.PAGES,
    *books.PAGES,
    *books_errors.PAGES,
    *records.PAGES,
)
