from django.db import models


class Receipt(models.Model):
    """What the site answered to a request, by the key that came with it.

    It is written in the transaction of what the request has changed: either both are there
    or neither.
    """

    # Whose: nobody else's key brings back what was answered to them.
    owner = models.CharField(max_length=255, blank=True)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=list)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="one_receipt_for_each_key")
        ]

    def __str__(self):
        return f"{self.key}: {self.status}"
