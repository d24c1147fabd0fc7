from django.core.management.base import BaseCommand

from fleet.models import Ship


class Command(BaseCommand):
    help = "Counts ships"

    def handle(self, *args, **options):
        import statistics
        self.stdout.write(f"ships {Ship.objects.count()} mean {statistics.fmean(s.tonnage for s in Ship.objects.all()):.0f}")
