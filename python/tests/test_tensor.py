"""Tensors to and from numpy: on the same memory, and no longer than they must."""
import gc
import unittest
import weakref

import lienet
import numpy as np


class Given:
    """An array that speaks DLPack, and can be watched by a weak reference."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class TensorTest(unittest.TestCase):
    def setUp(self):
        self.ctx = lienet.Context()

    def test_memory_is_shared_with_numpy(self):
        for dtype in "float32", "float64", "float16", "int64", "uint8":
            for shape in (3, 5, 7), (), (4, 0), (1, 2, 3, 4, 5):
                with self.subTest(dtype=dtype, shape=shape):
                    array = np.ones(shape, dtype)
                    tensor = lienet.from_numpy(self.ctx, array)
                    self.assertEqual((tensor.shape, tensor.dtype), (shape, dtype))
                    back = tensor.numpy()
                    self.assertEqual((back.shape, back.dtype), (array.shape, array.dtype))
                    if array.size:
                        self.assertTrue(np.shares_memory(array, back))
                        self.assertTrue(np.shares_memory(array, np.asarray(tensor)))
                        self.assertTrue(np.shares_memory(array, np.from_dlpack(tensor)))
                        back[...] = 3
                        self.assertTrue((array == 3).all())

    def test_a_tensor_keeps_its_array_and_an_array_its_tensor(self):
        array = np.arange(15, dtype=np.float32).reshape(3, 5)
        gone = weakref.ref(array)
        tensor = lienet.from_numpy(self.ctx, array)
        del array
        self.assertIsNotNone(gone())
        view = tensor.numpy()
        del tensor
        gc.collect()
        self.assertEqual(view[2, 4], 14)
        del view
        gc.collect()
        self.assertIsNone(gone())

    def test_a_capsule_that_nobody_takes_frees_its_tensor(self):
        array = np.zeros(3, np.float32)
        gone = weakref.ref(array)
        capsule = lienet.from_numpy(self.ctx, array).__dlpack__()
        del array
        gc.collect()
        self.assertIsNotNone(gone())
        tensor = lienet.from_dlpack(self.ctx, capsule)
        with self.assertRaises(ValueError):  # it is taken
            lienet.from_dlpack(self.ctx, capsule)
        del capsule
        self.assertEqual(tensor.shape, (3,))
        capsule = tensor.__dlpack__()
        del tensor, capsule
        gc.collect()
        self.assertIsNone(gone())

    def test_whatever_speaks_dlpack_is_taken(self):
        array = np.zeros((2, 3), np.float32)
        tensor = lienet.from_dlpack(self.ctx, Given(array))
        self.assertTrue(np.shares_memory(array, tensor.numpy()))

    def test_copies_are_made_where_they_are_asked_for(self):
        tensor = lienet.from_numpy(self.ctx, np.full((2, 3), 2, np.float64))
        view = tensor.numpy()
        self.assertTrue(np.shares_memory(view, tensor.cpu().numpy()))
        self.assertEqual(tensor.float().dtype, "float32")
        self.assertEqual(np.asarray(tensor, np.float32).dtype, np.float32)
        self.assertFalse(np.shares_memory(view, tensor.__array__(copy=True)))
        copy = lienet.from_dlpack(self.ctx, tensor.__dlpack__(copy=True))
        self.assertFalse(np.shares_memory(view, copy.numpy()))
        tensor.copy_(np.full((2, 3), 5, np.float32))
        self.assertTrue((view == 5).all())

    def test_what_cannot_be_shared_is_refused(self):
        array = np.zeros((4, 6), np.float32)
        with self.assertRaisesRegex(ValueError, "not contiguous"):
            lienet.from_numpy(self.ctx, array.T)
        with self.assertRaisesRegex(lienet.Error, "not contiguous"):
            lienet.from_dlpack(self.ctx, array[:, ::2])
        array.flags.writeable = False
        with self.assertRaisesRegex(ValueError, "read-only"):
            lienet.from_numpy(self.ctx, array)
        with self.assertRaisesRegex(lienet.Error, "32 bits"):
            lienet.from_numpy(self.ctx, np.zeros(3, np.int32))
        with self.assertRaisesRegex(TypeError, "expected a numpy array"):
            lienet.from_numpy(self.ctx, [1.0])
        with self.assertRaisesRegex(TypeError, "list: expected"):
            lienet.from_dlpack(self.ctx, [1.0])
        tensor = lienet.from_numpy(self.ctx, np.zeros(3, np.float32))
        with self.assertRaises(BufferError):
            tensor.__dlpack__(dl_device=(2, 0))
        with self.assertRaisesRegex(lienet.Error, "shapes differ"):
            tensor.copy_(np.zeros(4, np.float32))

    def test_contexts_and_inhibitions_say_what_they_are(self):
        ctx = lienet.Context("ref", threads=1, seed=7)
        self.assertEqual((ctx.device, ctx.precision, ctx.threads, ctx.seed), ("ref", "fp32", 1, 7))
        inhibition = lienet.Inhibition("log,rate=0.25,sets=8")
        self.assertEqual((inhibition.rate, inhibition.sets), (0.25, 8))
        self.assertEqual(lienet.Inhibition(str(inhibition)), inhibition)
        self.assertNotEqual(lienet.Inhibition(), inhibition)
        with self.assertRaisesRegex(lienet.Error, "did you mean paper?"):
            lienet.Inhibition("papre")
        with self.assertRaisesRegex(lienet.Error, "did you mean cpu?"):
            lienet.Context("gpu")
        with self.assertRaises(ValueError):
            lienet.Context(dtype="int8")
        with self.assertRaisesRegex(lienet.Error, "double precision"):
            lienet.Context("cpu", dtype="float64")
        self.assertTrue(issubclass(lienet.Error, RuntimeError))
        self.assertRegex(lienet.__version__, r"^\d+\.\d+\.\d+$")


if __name__ == "__main__":
    unittest.main()
