#!/usr/bin/env bash
# Make a virtual environment with this package, and the exact versions of envs/pins.txt:
# install.sh FOLDER (EXTRAS=gpu: with CuPy, also where no GPU is to be seen, as in containers)
set -euo pipefail
folder=$1
clone=$(cd "$(dirname "$0")/.." && pwd)
pins=$clone/envs/pins.txt
project=$clone/pyproject.toml

"${PYTHON:-python3}" -m venv "$folder"
python=$folder/bin/python
"$python" -m pip install --quiet --disable-pip-version-check "uv==0.13.8"
# Compiled once, here: where Python may not keep its bytecode, as in containers, every process would
# compile what it imports. pip compiles by itself, uv does not.
uv() {
    "$folder/bin/uv" pip install --quiet --compile-bytecode --python "$python" --constraints "$pins" "$@"
}

torch=$(grep -o 'torch==[0-9.]*' "$pins" | head -n 1)
if ! "$python" -c "import torch, sys; sys.exit(torch.__version__.split('+')[0] != '${torch#*==}')" 2>/dev/null
then
    # The build that suits the machine (CUDA or CPU) comes from an index of torch's own, which uv
    # chooses. Where that cannot be reached, pip takes the build its own sources hold.
    echo "installing $torch"
    UV_HTTP_RETRIES=0 uv --torch-backend "${TORCH_BACKEND:-auto}" "$torch" 2>/dev/null ||
        "$python" -m pip install --quiet --disable-pip-version-check "$torch"
fi
echo "installing the other pinned packages"
uv --requirements "$project" --extra test --extra lint --extra slurm --extra cluster
if [ "${EXTRAS:-}" = gpu ] || command -v nvidia-smi >/dev/null; then uv --requirements "$project" --extra gpu; fi
# Editable: an edit of src/ is what runs next.
uv --no-deps --build-constraints "$pins" --editable "$clone"
"$python" -m compileall -qq "$clone/src" || true # a file that was edited since is compiled anew
