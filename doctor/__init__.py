"""Looks at client and host, and says what is wrong with a remedy. Changes nothing."""
