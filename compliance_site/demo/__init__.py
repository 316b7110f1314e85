"""A company that does not exist, its calls, and the phone system that delivers them. Texts and voices are synthetic."""
