// embed-scripts ROOT OUTPUT FILE…: writes OUTPUT, Swift source that holds the text of each FILE below ROOT.
// A build tool, run by the plugin EmbedScripts. Raw string literals compile quickly; resource bytes do not.
import Foundation

/// The pounds that a raw multi-line literal needs, so that nothing in `text` can end it or escape from it.
func pounds(for text: String) -> String {
    var count = 1
    while text.contains("\"\"\"" + String(repeating: "#", count: count))
        || text.contains("\\" + String(repeating: "#", count: count))
    {
        count += 1
    }
    return String(repeating: "#", count: count)
}

let arguments = CommandLine.arguments
guard arguments.count >= 3 else {
    print("usage: embed-scripts ROOT OUTPUT FILE...")
    exit(2)
}
let root = arguments[1].hasSuffix("/") ? arguments[1] : arguments[1] + "/"
var source = """
    /// The scripts that this module carries, by their path below `lib/`'s folder, in alphabetical order.
    enum EmbeddedScripts {
        static let all: [(name: String, text: String)] = [

    """
for path in arguments.dropFirst(3) {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let quote = pounds(for: text)
    source += "        (\"\(path.dropFirst(root.count))\", \(quote)\"\"\"\n\(text)\n\"\"\"\(quote)),\n"
}
source += "    ]\n}\n"
try source.write(toFile: arguments[2], atomically: true, encoding: .utf8)
