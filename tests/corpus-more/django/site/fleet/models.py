from django.db import models
from django.utils.translation import gettext_lazy as _


class Ship(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    tonnage = models.PositiveIntegerField(default=0)
    picture = models.ImageField(upload_to="ships", blank=True)
    launched = models.DateField(null=True, blank=True)

    def __str__(self):
        return self.name
