"""Lists the tests that failed or were skipped, with the reason, from `go test -json`."""

import json
import sys

output, packages, passed = {}, 0, 0
with open(sys.argv[1], encoding="utf-8") as events:
    for line in events:
        event = json.loads(line)
        at = (event.get("Package", event.get("ImportPath")), event.get("Test"))
        match event["Action"]:
            case "output" | "build-output":
                output.setdefault(at, []).append(event["Output"])
            case "fail":
                print("".join(output.get(at, [])), end="")
            case "skip" if event.get("Test"):
                reason = [text.strip() for text in output[at] if not text.startswith(("===", "---"))]
                print("skipped", *at, *reason)
            case "pass" if event.get("Test"):
                passed += 1
            case "pass":
                packages += 1
print(f"{passed} tests and {packages} packages passed")
