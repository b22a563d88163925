#!/usr/bin/env python3
"""Serves MediaWiki as Debian packages it, with PHP's own server and SQLite.

    mediawiki.py --folder DIR --port PORT --source UNPACKED

UNPACKED is where Debian's packages lie; what is installed of them is made in DIR the first time.
"""

import argparse
import os
import shutil
import subprocess
from pathlib import Path

SETTINGS = """
$wgServer = "http://127.0.0.1:{port}";
$wgEnableUploads = true;
# PHP's own server has nobody else who does what is left over.
$wgJobRunRate = 0;
"""


def install(folder, source, port):
    wiki, data = folder / "wiki", folder / "data"
    shutil.copytree(source / "usr/share/mediawiki", wiki, symlinks=True)
    # Debian's links lead to where its packages are installed.
    for link in ["LocalSettings.php", "extensions", "images", "config"]:
        (wiki / link).unlink()
    (wiki / "extensions").symlink_to("extensions-core")
    (wiki / "images").mkdir()
    data.mkdir()
    php = ["php", "maintenance/install.php", "--dbtype", "sqlite", "--dbpath", str(data)]
    php += ["--dbname", "wiki", "--scriptpath", "", "--server", f"http://127.0.0.1:{port}"]
    php += ["--lang", "en", "--pass", "administrator-1", "Trial", "Admin"]
    subprocess.run(php, cwd=wiki, check=True, stdout=subprocess.DEVNULL)
    with open(wiki / "LocalSettings.php", "a") as settings:
        settings.write(SETTINGS.format(port=port))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--source", type=Path, required=True)
    options = parser.parse_args()
    if not (options.folder / "wiki/LocalSettings.php").exists():
        install(options.folder, options.source, options.port)
    os.environ["PHP_CLI_SERVER_WORKERS"] = "6"
    wiki = str(options.folder / "wiki")
    os.execvp("php", ["php", "-S", f"127.0.0.1:{options.port}", "-t", wiki])


main()
