#!/bin/sh
# Finds the libtorch to build against, and for a program that was built the one to load, and prints one line: include folder | library folder | version | why.
# Order: LIBTORCH, the system's, Python's. A candidate counts only with headers and CMake files, so that Python's is not
# taken where only its run-time part is there. Exit code 1 with one line on standard error when there is none.

offer() { # cmake folder, include folder, library folder, why
    version_header="$2/torch/csrc/api/include/torch/version.h"
    [ -f "$1/Torch/TorchConfig.cmake" ] && [ -f "$version_header" ] && [ -e "$3/libtorch.so" ] || return 1
    version=$(cat "$version_header" "$2/torch/headeronly/version.h" 2>/dev/null |
        sed -n 's/^#define TORCH_VERSION_\(MAJOR\|MINOR\|PATCH\) \([0-9]*\)$/\2/p' | head -n 3 | paste -s -d .)
    printf '%s|%s|%s|%s\n' "$2" "$3" "$version" "$4"
    exit 0
}

if [ -n "$LIBTORCH" ]; then
    offer "$LIBTORCH/share/cmake" "$LIBTORCH/include" "$LIBTORCH/lib" "LIBTORCH names it"
    echo "LIBTORCH=$LIBTORCH holds no libtorch with headers and CMake files: correct it, or unset it to use the system's" >&2
    exit 1
fi

triplet=$(g++ -dumpmachine 2>/dev/null || echo "$(uname -m)-linux-gnu")
offer "/usr/lib/$triplet/cmake" /usr/include "/usr/lib/$triplet" "the system's"
offer /usr/local/share/cmake /usr/local/include /usr/local/lib "the system's"

package=$(python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')" 2>/dev/null)
[ -n "$package" ] && offer "$package/share/cmake" "$package/include" "$package/lib" "Python's torch package"

echo "no libtorch with headers found; type: apt-get install -y --no-install-recommends libtorch-dev libgloo-dev libopenblas0-openmp" >&2
exit 1
