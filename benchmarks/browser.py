"""A headless Chromium for the explorer's tests and benchmark."""

import json
import os
import shutil

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-device-scale-factor=1",
)


def missing():
    """Why there is no browser here, or ""."""
    wanted = {"chromium": chromium(), "chromedriver": shutil.which("chromedriver")}
    absent = [name for name, path in wanted.items() if not path]
    return f"{' and '.join(absent)} not installed (Debian: apt-get install chromium chromium-driver)" if absent else ""


def chromium():
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def open_browser(folder, width=1440, height=900, *flags, language="en"):
    """A driver with a fresh profile in `folder`, whose logs hold the console and every request, in any language."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium()
    for flag in (*FLAGS, *flags, f"--user-data-dir={folder}", f"--window-size={width},{height}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    prefs = {"download.default_directory": os.fspath(folder), "intl.accept_languages": language}
    options.add_experimental_option("prefs", prefs)
    os.environ.setdefault("SE_OFFLINE", "true")  # selenium must not look for drivers on the network
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    resize(driver, width, height)
    return driver


def resize(driver, width, height, mobile=False):
    """Give the page exactly this size: the size of a window includes its frame."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def requests(driver):
    """Addresses that pages requested since the last call, except data that they contain themselves."""
    urls = []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            urls.append(message["params"]["request"]["url"])
    return [url for url in urls if not url.startswith(("data:", "blob:"))]
