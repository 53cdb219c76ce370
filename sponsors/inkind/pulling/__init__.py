"""Asking providers for what they metered. The only code of gifts in kind that reaches out."""
