"""Firefox through its own WebDriver BiDi, JSON over a web socket that the browser opens: no driver is needed."""

import base64
import json
import shutil
import subprocess
import time

import websocket

PREFERENCES = {  # nothing of the browser's own on the network
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,none",
}
MIDDLE = """
const wanted = document.querySelector(arguments[0]);
wanted.scrollIntoView({ block: "nearest" });
const { x, y, width, height } = wanted.getBoundingClientRect(), at = [x + width / 2, y + height / 2].map(Math.round),
  found = document.elementFromPoint(...at);
return [...at, wanted.contains(found) ? "" : String(found?.outerHTML.slice(0, 100))];
"""
CALL = "async (text) => JSON.stringify((await (function () { %s }).apply(null, JSON.parse(text))) ?? null)"


def binary():
    return shutil.which("firefox-esr") or shutil.which("firefox")


def missing():
    """Why there is no Firefox here, or ""."""
    return "" if binary() else "firefox-esr not installed (Debian: apt-get install firefox-esr)"


class Firefox:
    """A headless Firefox with a fresh profile; execute_script is as Selenium's."""

    def __init__(self, profile):
        lines = [f'user_pref("{name}", {json.dumps(value)});\n' for name, value in PREFERENCES.items()]
        (profile / "user.js").write_text("".join(lines))
        flags = ("--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0")
        self.process = subprocess.Popen([binary(), *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.events, self.sent = [], 0
        self.socket = websocket.create_connection(f"{address(profile)}/session", timeout=60, suppress_origin=True)
        self.ask("session.new", capabilities={})
        self.context = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        self.ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])

    def ask(self, method, **params):
        """The answer to a command; events that come before it are kept."""
        self.sent += 1
        self.socket.send(json.dumps({"id": self.sent, "method": method, "params": params}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.sent:
            self.events.append(answer)
        assert answer["type"] == "success", (method, answer.get("message"))
        return answer["result"]

    def get(self, url, width=1280, height=720):
        """Open an address in a tab of its own, of a size; those of before are closed."""
        before, self.context = self.context, self.ask("browsingContext.create", type="tab")["context"]
        self.ask("browsingContext.close", context=before)
        self.ask("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})
        self.ask("browsingContext.navigate", context=self.context, url=url, wait="none")
        for _ in range(400):
            try:
                if self.execute_script("return location.href !== 'about:blank' && document.readyState === 'complete'"):
                    return
            except AssertionError:
                pass  # the tab is moving to another process
            time.sleep(0.05)
        raise AssertionError(f"not loaded within 20 seconds: {url}")

    def execute_script(self, body, *arguments):
        answer = self.ask(
            "script.callFunction",
            functionDeclaration=CALL % body,
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            target={"context": self.context},
            awaitPromise=True,
            userActivation=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def press(self, *keys):
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.act({"type": "key", "id": "keys", "actions": actions})

    def click(self, selector):
        """A real click in the middle of an element, once nothing lies on it and the page has come to rest there."""
        last = None
        for _ in range(200):
            x, y, over = self.execute_script(MIDDLE, selector)
            if not over and last == (x, y):
                return self.drag((x, y))
            last = x, y
            time.sleep(0.03)
        raise AssertionError(f"{selector} at {x}, {y} is covered by {over}" if over else f"{selector} moves on and on")

    def drag(self, *places):
        """Press the mouse at the first place (x, y), move to the others, and let go."""
        moves = [{"type": "pointerMove", "x": x, "y": y} for x, y in places]
        down, up = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        self.act({"type": "pointer", "id": "mouse", "actions": [moves[0], down, *moves[1:], up]})

    def act(self, source):
        self.ask("input.performActions", context=self.context, actions=[source])

    def screenshot(self):
        return base64.b64decode(self.ask("browsingContext.captureScreenshot", context=self.context)["data"])

    def logged(self, method):
        """The events of a kind since the start."""
        self.execute_script("return 0")  # what is on its way comes before the answer
        return [event["params"] for event in self.events if event.get("method") == method]

    def errors(self):
        return [entry["text"] for entry in self.logged("log.entryAdded") if entry["level"] == "error"]

    def requests(self):
        urls = [event["request"]["url"] for event in self.logged("network.beforeRequestSent")]
        return [url for url in urls if not url.startswith(("file:", "about:", "data:", "blob:"))]

    def quit(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)


def address(profile):
    """Where the browser listens, which it writes into its profile."""
    told = profile / "WebDriverBiDiServer.json"
    for _ in range(600):
        if told.exists() and told.read_text():
            where = json.loads(told.read_text())
            return f"ws://{where['ws_host']}:{where['ws_port']}"
        time.sleep(0.05)
    raise AssertionError("Firefox did not open its socket within 30 seconds")
