"""A text to begin a template with. It is an example, to be read by somebody who knows the law."""

STARTER = """\
This agreement is between **{{ organization.legal_name }}** (the Foundation) and **{{ sponsor.legal_name }}** (the Sponsor).

# What the Sponsor gives

The Sponsor supports the Foundation from {{ commitment.starts_on }} to {{ commitment.ends_on }} with the following:

{{ lines }}

# When it is due

{{ schedule }}

The Foundation sends an invoice when the Sponsor asks for one. What the Sponsor orders beside this, such as a booth at a
conference, is invoiced by itself. Ordered so far:

{{ charges }}

# What it depends on

Conditions that must be met before the cash named with them is owed for good:

{{ conditions }}

# How it is used

Restrictions of the cash:

{{ restrictions }}

1. Within them the Foundation uses the support for its purposes, and cash within the funds that both sides agreed on.
2. The Foundation publishes every year how support was used.
3. Support buys neither influence on technical decisions nor the endorsement of a product.

# Recognition

1. The Foundation names the Sponsor among its sponsors while this agreement runs.
2. Each side may use the other's name and logo for that, and keeps all rights to its own.

# Changes and end

1. Changes are made in writing and signed by both sides.
2. Each side may end this agreement when the other does not keep it and, asked in writing, does not mend that within 60 days.
   What fell due before stays due.

{{ signatures }}
"""
