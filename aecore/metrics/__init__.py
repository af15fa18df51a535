"""Numbers from finished arrays, and what each of them means. No torch here."""
