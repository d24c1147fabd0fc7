from django.contrib import admin

from .models import Ship


@admin.register(Ship)
class ShipAdmin(admin.ModelAdmin):
    list_display = ["name", "tonnage"]
    search_fields = ["name"]
    date_hierarchy = "launched"
