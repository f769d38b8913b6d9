"""Networks: their weights, a training, and where they look."""
import tempfile
import threading
import unittest
from pathlib import Path

import lienet
import numpy as np


def batch(images=6, size=10, dtype=np.float32):
    random = np.random.default_rng(0)
    return random.normal(size=(images, 3, size, size)).astype(dtype), np.arange(images) % 3


def network(seed=3):
    return lienet.ResNet(lienet.Context(seed=seed), "resnet20", classes=3, width=8)


class WeightsTest(unittest.TestCase):
    def test_names_are_torchvisions(self):
        model = lienet.ResNet(lienet.Context(), "resnet18", classes=10, width=8)
        state = model.state_dict()
        self.assertEqual(len(state), 122)
        self.assertEqual(state["conv1.weight"].shape, (8, 3, 3, 3))
        self.assertEqual(state["bn1.num_batches_tracked"].dtype, "int64")
        names = [p.name for p in model.parameters()]
        self.assertEqual((len(names), names[0], names[-1]), (62, "conv1.weight", "fc.bias"))

    def test_a_state_is_the_models_own_memory(self):
        model, (images, _) = network(), batch()
        bias = model.state_dict()["fc.bias"].numpy()
        before = model(images).numpy().copy()
        bias += 1
        np.testing.assert_allclose(model(images).numpy(), before + 1, rtol=1e-4)

    def test_a_state_goes_from_model_to_model(self):
        one, other, (images, _) = network(1), network(2), batch()
        self.assertFalse(np.array_equal(one(images).numpy(), other(images).numpy()))
        state = {name: t.numpy() for name, t in one.state_dict().items()}
        other.load_state_dict(state)
        np.testing.assert_array_equal(one(images).numpy(), other(images).numpy())
        del state["bn1.num_batches_tracked"]
        other.load_state_dict(state)
        for change, message in (
            ({"fc.bias": np.zeros(4, np.float32)}, "fc.bias is"),
            ({"fc.beta": np.zeros(3, np.float32)}, "no fc.beta"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                other.load_state_dict({**state, **change})
        del state["fc.weight"]
        with self.assertRaisesRegex(ValueError, "fc.weight is missing"):
            other.load_state_dict(state)

    def test_files_hold_what_was_saved(self):
        one, other, (images, _) = network(1), network(2), batch()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "weights.safetensors"
            one.save(file)
            other.load(str(file))
            larger = lienet.ResNet(one.context, "resnet20", classes=4, width=8)
            with self.assertRaisesRegex(lienet.Error, "does not fit the model"):
                larger.load(file)
            larger.load(file, partial=True)
            with self.assertRaisesRegex(lienet.Error, "none.safetensors"):
                one.load(Path(folder) / "none.safetensors")
        np.testing.assert_array_equal(one(images).numpy(), other(images).numpy())

    def test_a_tensor_outlives_its_model(self):
        weight = network().state_dict()["fc.weight"].numpy()
        self.assertTrue(np.isfinite(weight).all())


class TrainingTest(unittest.TestCase):
    def test_training_lowers_the_loss(self):
        for inhibition in None, "paper,sets=8", lienet.Inhibition("log,sets=8"):
            with self.subTest(inhibition=inhibition):
                model, (images, labels) = network(), batch()
                model.inhibit_blocks(inhibition)
                optimizer = lienet.SGD(model, lr=0.05, momentum=0.9, nesterov=True)
                losses = [lienet.train_step(model, optimizer, images, labels) for _ in range(12)]
                self.assertLess(losses[-1], 0.5 * losses[0])
                accuracy = np.mean(model(images).numpy().argmax(1) == labels)
                self.assertGreater(accuracy, 0.5)

    def test_a_step_is_what_its_gradient_says(self):
        model, (images, labels) = network(), batch()
        self.assertIsNone(model.parameters()[0].grad)
        loss = lienet.cross_entropy_backward(model, images, labels)
        self.assertAlmostEqual(loss, lienet.cross_entropy_backward(model, images, labels), 5)
        weight, gradient = model.parameters()[0].data.numpy(), model.parameters()[0].grad.numpy()
        expected = weight - 0.1 * gradient
        lienet.SGD(model, lr=0.1).step()
        np.testing.assert_allclose(weight, expected, rtol=1e-6, atol=1e-8)

    def test_gradients_in_double_are_the_slopes_of_the_loss(self):
        ctx = lienet.Context("ref", seed=3, dtype="float64")
        model = lienet.ResNet(ctx, "resnet20", classes=3, width=4)
        images, labels = batch(images=4, size=6, dtype=np.float64)
        lienet.cross_entropy_backward(model, images, labels)
        parameters = {p.name: p for p in model.parameters()}
        for name in "fc.bias", "layer3.2.bn2.weight", "fc.weight":
            with self.subTest(name):
                values = parameters[name].data.numpy().reshape(-1)
                slope = parameters[name].grad.numpy().reshape(-1)[1]
                self.assertNotEqual(slope, 0)
                losses = []
                for change in 1e-6, -2e-6:
                    values[1] += change
                    losses.append(lienet.cross_entropy_backward(model, images, labels))
                values[1] += 1e-6
                self.assertAlmostEqual((losses[0] - losses[1]) / 2e-6, slope, 6)

    def test_inhibition_changes_gradients_until_it_is_off(self):
        images, labels = batch()

        def gradient(*inhibitions):
            model = network()
            for inhibition in inhibitions:
                model.inhibit_blocks(inhibition)
            lienet.cross_entropy_backward(model, images, labels)
            return model.parameters()[0].grad.numpy()

        plain = gradient()
        self.assertFalse(np.array_equal(plain, gradient("paper,sets=8")))
        np.testing.assert_array_equal(plain, gradient("paper,sets=8", None))

    def test_a_random_mask_is_drawn_anew_in_each_pass(self):
        model, (images, labels) = network(), batch()
        model.inhibit_blocks("paper,sets=8,mode=random")
        first = model.parameters()[0]
        gradients = []
        for _ in range(2):
            lienet.cross_entropy_backward(model, images, labels)
            gradients.append(first.grad.numpy())
        difference = np.abs(gradients[0] - gradients[1]).max()
        self.assertGreater(difference, 0.01 * np.abs(gradients[0]).max())

    def test_no_gradient_where_none_is_required(self):
        model, (images, labels) = network(), batch()
        model.parameters()[0].requires_grad = False
        lienet.cross_entropy_backward(model, images, labels)
        self.assertIsNone(model.parameters()[0].grad)
        self.assertIsNotNone(model.parameters()[1].grad)

    def test_any_array_is_an_input(self):
        model, (images, labels) = network(), batch()
        expected = model(images).numpy()
        read_only = images.copy()
        read_only.flags.writeable = False
        strided = np.repeat(images, 2, axis=3)[..., ::2]
        for given in images.astype(np.float64), read_only, strided:
            np.testing.assert_array_equal(model(given).numpy(), expected)
        tensor = lienet.from_numpy(model.context, images)
        np.testing.assert_array_equal(model(tensor).numpy(), expected)

    def test_threads_take_turns_in_a_context(self):
        model, (images, _) = network(), batch()
        expected, results = model(images).numpy(), []
        threads = [
            threading.Thread(target=lambda: results.append(model(images).numpy())) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 4)
        for result in results:
            np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)

    def test_threads_train_a_network_in_turn(self):
        images, labels = batch(size=4)

        def losses(threads, steps):
            context = lienet.Context(threads=1, seed=3)
            model = lienet.ResNet(context, "resnet20", classes=3, width=8)
            optimizer, found = lienet.SGD(model, lr=0.01), []

            def train():
                for _ in range(steps):
                    found.append(lienet.train_step(model, optimizer, images, labels))

            at_once = [threading.Thread(target=train) for _ in range(threads)]
            for thread in at_once:
                thread.start()
            for thread in at_once:
                thread.join()
            return sorted(found)

        expected = losses(threads=1, steps=80)
        np.testing.assert_allclose(losses(threads=4, steps=20), expected, atol=1e-3)

    def test_wrong_arguments_are_named(self):
        model, (images, labels) = network(), batch()
        optimizer = lienet.SGD(model, lr=0.1)
        for wrong_images, wrong_labels, message in (
            (images[0], labels, r"expected \[N, 3, H, W\]"),
            (images.astype(np.uint8), labels, "expected floats"),
            (images, labels[:5], r"labels are i64 \[5\]; expected int64 \[6\]"),
            (images, labels.astype(np.float32), "labels are f32"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                lienet.train_step(model, optimizer, wrong_images, wrong_labels)
        mean = model.state_dict()["bn1.running_mean"].numpy()
        before = mean.copy()
        with self.assertRaisesRegex(lienet.Error, "label 3 of sample 0"):
            lienet.train_step(model, optimizer, images, labels + 3)
        np.testing.assert_array_equal(mean, before)  # nothing was computed
        with self.assertRaisesRegex(ValueError, "another model"):
            lienet.train_step(network(), optimizer, images, labels)
        with self.assertRaisesRegex(ValueError, "stem small"):
            lienet.ResNet(model.context, "resnet20", stem="small")
        with self.assertRaisesRegex(lienet.Error, "did you mean resnet18?"):
            lienet.ResNet(model.context, "resnet19")
        with self.assertRaisesRegex(lienet.Error, "sets"):
            model.inhibit_blocks("paper,sets=5")
        with self.assertRaisesRegex(lienet.Error, "learning rate"):
            optimizer.lr = -1


class SaliencyTest(unittest.TestCase):
    def test_maps_have_the_images_size(self):
        model, (images, _) = network(), batch()
        for method in "li_map", "grad_cam", "grad_cam_pp", "cam", "guided_backprop", "input_grad":
            channels = 3 if method in ("guided_backprop", "input_grad") else 1
            maps = lienet.saliency(model, images, method)
            self.assertEqual(maps.shape, (6, channels, 10, 10))
            self.assertTrue(np.isfinite(maps).all())

    def test_classes_are_the_predicted_ones_unless_said(self):
        model, (images, _) = network(), batch()
        predicted = model(images).numpy().argmax(1)
        maps = lienet.saliency(model, images)
        same = lienet.saliency(model, images, classes=predicted)
        np.testing.assert_allclose(maps, same, rtol=1e-5)
        others = lienet.saliency(model, images, classes=[(k + 1) % 3 for k in predicted])
        self.assertFalse(np.array_equal(maps, others))
        with self.assertRaisesRegex(lienet.Error, "expected 0 to 2"):
            lienet.saliency(model, images, classes=[3] * 6)
        with self.assertRaisesRegex(lienet.Error, "did you mean li_map?"):
            lienet.saliency(model, images, "li_mapp")


if __name__ == "__main__":
    unittest.main()
