#!/bin/sh
# build.sh OUTPUT INCLUDE LIB: configures and builds libedl_native.so in OUTPUT against the libtorch of INCLUDE and LIB.
set -e
command -v cmake >/dev/null && command -v g++ >/dev/null || {
    echo "build.sh: error EDL0002: cmake and g++ are needed; type: apt-get install -y --no-install-recommends cmake g++ make" >&2
    exit 1
}
here=$(dirname "$0")
cmake -S "$here" -B "$1" -DCMAKE_BUILD_TYPE=Release -DTORCH_INCLUDE="$2" -DTORCH_LIB="$3"
cmake --build "$1" --parallel "$(nproc)"
touch "$1/libedl_native.so" # newer than its inputs even where nothing had to be linked again
