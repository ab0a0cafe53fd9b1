"""A clock that stands still until it is told to move; for code that only asks the time."""


class FakeClock:
    def __init__(self, epoch=1_795_176_000.0):
        self.time = 0.0
        self.epoch = epoch

    def monotonic(self):
        return self.time

    def now(self):
        return self.epoch + self.time
