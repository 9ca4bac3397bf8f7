"""Escapement for pytest: each pair of a profile and a probe is a test of its own.

Python drives the harness and asserts on its reports; it decides no verdict.
"""
