// lienet._core: the engine as Python sees it. python/lienet/__init__.py gives it to users.
#include "engine/error.h"
#include "engine/version.h"
#include "python/bindings/objects.h"

PYBIND11_MODULE(_core, m) {
  namespace python = lienet::python;
  m.attr("__version__") = lienet::version();
  pybind11::register_exception<lienet::Error>(m, "Error", PyExc_RuntimeError).attr("__module__") =
      "lienet";
  python::bind_context(m);
  python::bind_tensor(m);
  python::bind_model(m);
  python::bind_training(m);
  python::bind_saliency(m);
}
