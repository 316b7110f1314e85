"""Rows that tests begin with. A trait is a situation that the rules speak of."""

from datetime import timedelta

import factory
from django.utils import timezone

from accounts.models import LineOfBusiness, Role, User


class LineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LineOfBusiness

    code = factory.Sequence(lambda n: f"line-{n}")
    name = factory.Sequence(lambda n: f"Line {n}")
    zone = "America/New_York"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    first_name = "Person"
    last_name = factory.Sequence(lambda n: f"No. {n}")
    role = Role.REVIEWER
    access_until = factory.LazyAttribute(
        lambda person: timezone.now() + timedelta(days=30) if person.role == Role.AUDITOR else None
    )

    @factory.post_generation
    def lines(self, create, extracted, **_):
        if create and extracted:
            self.lines.set(extracted)
