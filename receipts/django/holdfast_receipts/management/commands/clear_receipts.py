from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from holdfast_receipts.models import Receipt


class Command(BaseCommand):
    help = "Deletes receipts that are older than anybody tries to deliver something."

    def add_arguments(self, parser):
        parser.add_argument(
            "--days",
            type=int,
            default=90,
            help="how old; apps try for 30 days unless their profile says otherwise",
        )

    def handle(self, *args, days, **options):
        before = timezone.now() - timedelta(days=days)
        deleted, _ = Receipt.objects.filter(created_at__lt=before).delete()
        self.stdout.write(f"deleted {deleted} receipts")
