#!/usr/bin/env bash
# The browser's half of the app: wasm, its glue, the style sheet, fonts and icons, hashed and compressed into
# .build/site. Does nothing when its inputs are the same as last time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. .build/env

cargo build --quiet --package frontend --target wasm32-unknown-unknown --profile wasm-release
wasm=$CARTON_CAPS_TARGET/wasm32-unknown-unknown/wasm-release/frontend.wasm

stamp=$({ sha256sum "$wasm"; find style public app/frontend/*.js -type f -print0 | sort -z | xargs -0 sha256sum; sha256sum app/frontend/build.sh; } | sha256sum | cut -d' ' -f1)
site=.build/site
[ "$(cat "$site/stamp" 2>/dev/null)" = "$stamp" ] && exit 0

# Built aside and moved into place, so that an interrupted build is never served.
next=$(mktemp -d .build/site.XXXXXX)
trap 'rm -rf "$next"' EXIT
mkdir -p "$next/pkg" "$next/work"
wasm-bindgen --target web --no-typescript --out-dir "$next/work" --out-name carton-caps "$wasm"
# Only what browsers have had for years, which is also what the compiler used: with everything allowed, wasm-opt
# writes encodings that no browser reads yet.
wasm-opt -Oz --enable-bulk-memory --enable-bulk-memory-opt --enable-mutable-globals --enable-multivalue \
  --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext "$next/work/carton-caps_bg.wasm" -o "$next/work/carton-caps.wasm"
lightningcss --bundle --minify --targets '>= 0.5%, not dead' style/main.css -o "$next/work/carton-caps.css"

hashed() { # file, extension, [name] → the name it is served by
  local name
  name=${3:-carton-caps}.$(sha256sum "$1" | cut -c1-16).$2
  cp "$1" "$next/pkg/$name"
  printf '/pkg/%s' "$name"
}
js=$(hashed "$next/work/carton-caps.js" js)
binary=$(hashed "$next/work/carton-caps.wasm" wasm)
image=$(hashed app/frontend/panel-image.js js panel-image)
cp -R public/. "$next/"
# Fonts, too, are kept for a year, and so are named by their content; the style sheet follows.
for path in "$next"/fonts/*.woff2; do
  name=$(basename "$path" .woff2)
  lasting=$name.$(sha256sum "$path" | cut -c1-16)
  mv "$path" "$next/fonts/$lasting.woff2"
  sed "s#/fonts/$name\\.woff2#/fonts/$lasting.woff2#g" "$next/work/carton-caps.css" >"$next/work/renamed.css"
  mv "$next/work/renamed.css" "$next/work/carton-caps.css"
done
css=$(hashed "$next/work/carton-caps.css" css)
rm -rf "$next/work"
font=$(cd "$next" && ls fonts/*-latin-wght-normal.*.woff2)
printf '{"js":"%s","wasm":"%s","css":"%s","image":"%s","font":"/%s"}\n' "$js" "$binary" "$css" "$image" "$font" >"$next/assets.json"

node - "$next" <<'JS'
const { readdirSync, readFileSync, statSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const zlib = require("node:zlib");
const walk = (dir) => readdirSync(dir).forEach((name) => {
  const path = join(dir, name);
  if (statSync(path).isDirectory()) return walk(path);
  if (!/\.(js|wasm|css|svg|txt)$/.test(name)) return;
  const bytes = readFileSync(path);
  writeFileSync(`${path}.gz`, zlib.gzipSync(bytes, { level: 9 }));
  writeFileSync(`${path}.br`, zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } }));
});
walk(process.argv[2]);

// What everybody waits for before a page answers. What the browser only shows belongs to the server (see app::markup).
const MOST_WASM = 300_000;
const pkg = join(process.argv[2], "pkg");
for (const name of readdirSync(pkg).filter((name) => name.endsWith(".wasm.br"))) {
  const { size } = statSync(join(pkg, name));
  if (size > MOST_WASM) {
    console.error(`The browser's half weighs ${size} bytes compressed, and ${MOST_WASM} is the most. The site is left as it was.`);
    process.exit(1);
  }
}
JS
chmod 755 "$next"
printf '%s' "$stamp" >"$next/stamp"
rm -rf "$site"
mv "$next" "$site"
trap - EXIT
