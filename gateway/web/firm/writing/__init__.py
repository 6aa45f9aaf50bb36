"""What clients answer, written by the firm's people: proposals, signature requests, templates of organizers."""

from gateway.web.firm.writing import proposals, signatures, templates

PAGES = (*proposals.PAGES, *signatures.PAGES, *templates.PAGES)
