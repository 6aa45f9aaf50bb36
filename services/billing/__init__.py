"""billing: the price list, invoices, payments and credit of a firm."""
