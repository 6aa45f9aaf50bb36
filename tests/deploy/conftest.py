import pytest

from deploy.local.progress import Progress


@pytest.fixture
def progress():
    return Progress()
