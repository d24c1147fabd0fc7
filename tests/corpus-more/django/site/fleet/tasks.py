from celery import shared_task


@shared_task
def weigh(pk):
    from fleet.models import Ship
    return Ship.objects.get(pk=pk).tonnage * 2
