"""What the READMEs say runs as it stands there."""
import contextlib
import io
import os
import re
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class FragmentsTest(unittest.TestCase):
    def test_every_fragment_runs(self):
        for page in ("README.md", "python/README.md"):
            fragments = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
            self.assertTrue(fragments, page)
            for fragment in fragments:
                with self.subTest(page), tempfile.TemporaryDirectory() as folder:
                    before = os.getcwd()
                    os.chdir(folder)
                    try:
                        with contextlib.redirect_stdout(io.StringIO()) as out:
                            exec(compile(fragment, page, "exec"), {})
                        self.assertTrue(out.getvalue())
                    finally:
                        os.chdir(before)


if __name__ == "__main__":
    unittest.main()
