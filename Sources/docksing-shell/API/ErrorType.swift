internal import Engine
internal import LuaBridge

/// How scripts take an error of the Engine apart: `err.kind`, `err.message`, `err.hint`, `err.host`, `err.code`;
/// `tostring(err)` is the sentence.
enum ErrorType {
    static func type() -> ObjectType<ThrownError> {
        ObjectType("error") { type in
            type.property("kind") { .string(engineError($0)?.kind.rawValue ?? "error") }
            type.property("message") { .string(engineError($0)?.message ?? "\($0.error)") }
            type.property("hint") { LuaValue(engineError($0)?.hint) }
            type.property("host") { LuaValue(engineError($0)?.host) }
            type.property("position") {
                .string(String($0.position.trimmingSuffix(while: { ": ".contains($0) })))
            }
            type.property("code") { .integer(Int(engineError($0)?.exitCode ?? 1)) }
            type.toString { ShownText.lines("\($0.error)".utf8) }
            type.concatenation()
        }
    }

    private static func engineError(_ thrown: ThrownError) -> EngineError? { thrown.error as? EngineError }
}

extension String {
    /// Without the characters at its end that are such ones.
    fileprivate func trimmingSuffix(while isOne: (Character) -> Bool) -> Substring {
        var text = self[...]
        while let last = text.last, isOne(last) { text.removeLast() }
        return text
    }
}
