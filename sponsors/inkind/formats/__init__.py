"""How usage is told in files and answers of providers, read as rows of text. What they mean is for storage."""
