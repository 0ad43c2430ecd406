#!/bin/sh
# Checks the project with the libtorch that is found here (src/Native/libtorch.sh says which; LIBTORCH names another): src/Native without a
# warning, the native tests, and the loss after a few steps of training, the same with every release.
#
#   eng/check-libtorch.sh [OPTION …]     options go to the tests, such as --filter-namespace '*Fused*'
#
# Needed: the .NET SDK, cmake, g++, and once npm ci (libduckdb). The last line says it all; exit code 0 only where everything holds.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
found=$(sh src/Native/libtorch.sh)
version=$(echo "$found" | cut -d'|' -f3)
work=artifacts/check-libtorch/$version
mkdir -p "$work"
echo "libtorch $version ($(echo "$found" | cut -d'|' -f4)); all output in $work"

# From nothing, so that every warning is seen; the managed build takes what lies there and carries it to the tests and to edl.
rm -rf artifacts/native
sh src/Native/build.sh artifacts/native "$(echo "$found" | cut -d'|' -f1)" "$(echo "$found" | cut -d'|' -f2)" >"$work/build.log" 2>&1 || {
    tail -n 20 "$work/build.log" >&2
    exit 1
}
warnings=$(grep -c 'warning:' "$work/build.log" || true)
dotnet build tests/Native -c Release -v q --nologo >"$work/managed.log" 2>&1 || {
    tail -n 20 "$work/managed.log" >&2
    exit 1
}
./artifacts/bin/NativeTests/release/ExpertDivergence.Tests.Native --no-progress --no-ansi "$@" >"$work/tests.log" 2>&1 && tests=0 || tests=$?
grep '^failed' "$work/tests.log" || true
total=$(sed -n 's/^ *total: //p' "$work/tests.log" | tail -n 1)
failed=$(sed -n 's/^ *failed: //p' "$work/tests.log" | tail -n 1)

loss() { ./edl bench train --threads 1 --steps 4 --skip 1 "$@" 2>>"$work/train.log" | sed -n 's/.*"loss":\([0-9.]*\).*/\1/p'; }
single=$(loss)
mixed=$(loss --bf16)

echo "libtorch $version, $(g++ --version | head -n 1 | sed 's/.* //') (g++): $warnings warnings; ${total:-no} tests, ${failed:-?} failed; loss ${single:-none} in fp32, ${mixed:-none} in bf16"
[ "$warnings" -eq 0 ] && [ "$tests" -eq 0 ] && [ -n "$single" ] && [ -n "$mixed" ]
