"""What is done with gifts in kind, by subject: one function a verb. Each subject is imported by its own name."""
