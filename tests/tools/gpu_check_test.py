"""tools/gpu_check, as far as a machine without a card can tell."""
import contextlib
import fnmatch
import importlib.machinery
import importlib.util
import io
import json
import re
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
loader = importlib.machinery.SourceFileLoader('gpu_check', str(ROOT / 'tools/gpu_check'))
gpu_check = importlib.util.module_from_spec(importlib.util.spec_from_loader('gpu_check', loader))
loader.exec_module(gpu_check)


def script(text):
    return [sys.executable, '-c', text]


class GpuCheckTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = Path(self.folder.name) / 'out.json'
        self.report = gpu_check.Report(self.out, 'a card')
        said = contextlib.redirect_stdout(io.StringIO())
        said.__enter__()
        self.addCleanup(said.__exit__, None, None, None)

    def results(self):
        return {line['what']: line['ok'] for line in json.loads(self.out.read_text())['results']}

    def test_filters_choose_cases(self):
        suites = {'tools_test': gpu_check.ON_DEVICE['tools_test'], **gpu_check.SANITIZED}
        for suite, filters in suites.items():
            sources = (ROOT / 'tests' / suite.removesuffix('_test')).rglob('*.cpp')
            cases = [case for file in sources for case in re.findall(r'TEST_CASE\(\s*"([^"]*)"', file.read_text())]
            for one in filters.split(','):
                with self.subTest(suite=suite, filter=one):
                    self.assertTrue(fnmatch.filter(cases, one))
        # They read the sources, or run the program.
        chosen = gpu_check.ON_DEVICE['tools_test'].split(',')
        for case in ('the golden cases are met by ref', "command line: bench step says where all of a step's time goes"):
            self.assertFalse(any(fnmatch.fnmatch(case, one) for one in chosen))

    def test_a_pack_has_what_is_neither_the_systems_nor_nvidias(self):
        for name in 'libc.so.6', 'libcublasLt.so.13', 'libcudnn.so.9', 'libcudnn_graph.so.9', 'libnvrtc.so.13':
            self.assertTrue(gpu_check.NOT_PACKED.match(name), name)
        for name in 'libcurl.so.4', 'libcurl-gnutls.so.4', 'libcrypto.so.3', 'libdnnl.so.2':
            self.assertFalse(gpu_check.NOT_PACKED.match(name), name)

    def test_warnings_do_not_hide_figures(self):
        warn = 'import sys; print(\'{"a": 1}\', flush=True); print("warning", file=sys.stderr)'
        self.assertEqual(gpu_check.figures(*gpu_check.run(script(warn))), {'a': 1})
        self.assertIn('warning', gpu_check.run(script(warn + '; sys.exit(1)'))[1])
        self.assertIn('error', gpu_check.figures(*gpu_check.run(script('print("none")'))))
        self.assertIn('error', gpu_check.figures(*gpu_check.run(script('pass'))))

    def test_results_are_written_as_they_come(self):
        self.report.add('one', True, 'well')
        self.assertEqual(self.results(), {'one': True})
        self.report.add('two', False, 'not so well')
        self.assertEqual(self.results(), {'one': True, 'two': False})

    def test_what_takes_too_long_has_failed(self):
        with mock.patch.object(gpu_check, 'run', return_value=(None, 'not done')), \
                mock.patch('shutil.which', return_value=sys.executable):
            gpu_check.check_sanitizer(self.report)
        self.assertEqual(set(self.results().values()), {False})
        self.assertEqual(len(self.results()), 3 * len(gpu_check.SANITIZED))

    def test_a_program_is_killed_once_it_has_saved(self):
        file = Path(self.folder.name) / 'saved'
        save = f'import pathlib; pathlib.Path({str(file)!r}).write_text("x")'
        self.assertTrue(gpu_check.kill_once_saved(script(f'{save}; import time; time.sleep(60)'), file))
        file.unlink()
        self.assertFalse(gpu_check.kill_once_saved(script('pass'), file))


if __name__ == '__main__':
    unittest.main()
