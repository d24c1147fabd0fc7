from django.db import migrations, models


def first(apps, schema_editor):
    apps.get_model("fleet", "Ship").objects.create(name="Vasa", tonnage=1210)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(name="Ship", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
            ("tonnage", models.PositiveIntegerField(default=0)),
            ("picture", models.ImageField(blank=True, upload_to="ships")),
            ("launched", models.DateField(blank=True, null=True)),
        ]),
        migrations.RunPython(first),
    ]
