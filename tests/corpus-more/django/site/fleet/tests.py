from django.test import TestCase


class Pages(TestCase):
    def test_index(self):
        self.assertContains(self.client.get("/"), "Vasa")
