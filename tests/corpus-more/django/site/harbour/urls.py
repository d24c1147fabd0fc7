from django.contrib import admin
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from rest_framework import routers

from fleet import views
from fleet.models import Ship

router = routers.DefaultRouter()
router.register("ships", views.ShipViewSet)


class Ships(Sitemap):
    def items(self):
        return Ship.objects.all()

    def location(self, ship):
        return f"/ship/{ship.pk}/"


urlpatterns = [
    path("", views.index),
    path("healthz", views.health),
    path("ship/<int:pk>/", views.ship),
    path("add/", views.add),
    path("report.pdf", views.pdf),
    path("report.xlsx", views.xlsx),
    path("thumb.webp", views.thumb),
    path("mail/", views.mail),
    path("task/", views.task),
    path("zone/<path:name>/", views.zone),
    path("boom/", views.boom),
    path("sitemap.xml", sitemap, {"sitemaps": {"ships": Ships}}),
    path("admin/", admin.site.urls),
    path("api/", include(router.urls)),
    path("auth/", include("django.contrib.auth.urls")),
]
