from celery import Celery

queue = Celery("harbour", broker="sqla+sqlite:////data/queue.db", backend="db+sqlite:////data/results.db")
queue.conf.update(broker_connection_retry_on_startup=True, beat_schedule={"tick": {"task": "harbour.tasks.tick", "schedule": 1.0}}, timezone="Europe/Oslo")


@queue.task
def thumbnail(size):
    import io
    from PIL import Image, ImageDraw
    picture = Image.new("RGB", (size, size), "teal")
    ImageDraw.Draw(picture).ellipse((0, 0, size, size), fill="white")
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return len(out.getvalue())


@queue.task
def tick():
    return "tick"
