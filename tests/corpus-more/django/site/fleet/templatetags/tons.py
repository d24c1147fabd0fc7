from django import template

register = template.Library()


@register.filter
def tons(value):
    return f"{value:,} t"
