"""Expressions (JMESPath) and templates: read once, checked before there is data, evaluated within a budget."""
