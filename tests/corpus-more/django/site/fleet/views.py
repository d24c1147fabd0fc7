from django.core.mail import send_mail
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from rest_framework import serializers, viewsets

from .forms import ShipForm
from .models import Ship


class ShipSerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = Ship
        fields = ["url", "name", "tonnage"]


class ShipViewSet(viewsets.ModelViewSet):
    queryset = Ship.objects.order_by("pk")
    serializer_class = ShipSerializer


def index(request):
    return render(request, "fleet/index.html", {"ships": Ship.objects.all()})


def health(request):
    return JsonResponse({"ok": True})


def ship(request, pk):
    return render(request, "fleet/ship.html", {"ship": get_object_or_404(Ship, pk=pk)})


def add(request):
    form = ShipForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return redirect(f"/ship/{form.save().pk}/")
    return render(request, "fleet/add.html", {"form": form})


def pdf(request):
    import io
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen import canvas
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    page.setFont("Times-Italic", 14)
    page.drawString(72, 700, "Fleet")
    page.save()
    return HttpResponse(out.getvalue(), content_type="application/pdf")


def xlsx(request):
    import io
    from openpyxl import Workbook
    book, out = Workbook(), io.BytesIO()
    for row in Ship.objects.values_list("name", "tonnage"):
        book.active.append(row)
    book.save(out)
    return HttpResponse(out.getvalue(), content_type="application/vnd.ms-excel")


def thumb(request):
    import io
    from PIL import Image, ImageDraw
    out, image = io.BytesIO(), Image.new("RGB", (64, 64), "navy")
    ImageDraw.Draw(image).text((5, 5), "Vasa")
    image.save(out, "WEBP")
    return HttpResponse(out.getvalue(), content_type="image/webp")


def mail(request):
    return JsonResponse({"sent": send_mail("Ahoy", "The ship is ready", "port@example.com", ["captain@example.com"])})


def task(request):
    from .tasks import weigh
    return JsonResponse({"id": weigh.delay(Ship.objects.first().pk).id})


def zone(request, name):
    from zoneinfo import ZoneInfo
    from django.utils import timezone
    return HttpResponse(timezone.now().astimezone(ZoneInfo(name)).strftime("%z"))


def boom(request):
    raise RuntimeError("boom")
