internal import CLua

/// A Lua 5.4 interpreter with its standard libraries.
///
/// It belongs to one thread. Call ``close()`` when done: Swift objects that Lua holds and that hold references into the
/// interpreter keep it alive otherwise.
public final class Interpreter {
    var core: UnsafeMutablePointer<clua_Interpreter>?
    var types: [ObjectIdentifier: RegisteredType] = [:]

    /// Turns what a Swift function throws into what Lua code catches. By default a ``ThrownError``.
    public var convertError: ((any Error, _ position: String) -> LuaValue)?

    /// A new interpreter.
    /// - Parameter ignoringEnvironment: whether `LUA_PATH` and `LUA_CPATH` have no effect.
    /// - Throws: ``LuaError`` when there is no memory for it.
    public init(ignoringEnvironment: Bool = false) throws(LuaError) {
        guard let core = clua_open(ignoringEnvironment) else { throw LuaError("not enough memory") }
        self.core = core
    }

    deinit {
        guard let core else { return }
        core.pointee.closing = true
        clua_close(core)
    }

    /// Ends it: variables to be closed are closed, finalizers run, Swift objects are released. Everything that refers
    /// to it throws from here on. Does nothing while Lua code runs, or the second time.
    public func close() {
        guard let core, core.pointee.depth == 0 else { return }
        clua_close(core)
        self.core = nil
    }

    /// Whether Lua code is running, that is, has called what asks this.
    public var isRunning: Bool { (core?.pointee.depth ?? 0) > 0 }

    /// The name, release and copyright of the Lua that this was built with, as `lua -v` prints them.
    public static var copyright: String { String(cString: clua_copyright()) }

    // MARK: code

    /// The table of globals.
    public var globals: Table {
        get throws(LuaError) {
            let state = try state()
            try reserve(2, on: state)
            clua_pushglobals(state)
            return try Table(popping: self, on: state)
        }
    }

    /// Which kinds of chunks may be loaded.
    public enum Mode: String, Sendable {
        case text = "t"
        case binary = "b"
        case any = "bt"
    }

    /// Compiles `source`.
    /// - Parameter name: how messages name it: `@file.lua` for a file, `=stdin` for anything else; without such a mark
    ///   it is taken as the source's text.
    /// - Throws: ``LuaError`` with the syntax error.
    public func load(_ source: some Collection<UInt8>, name: String, mode: Mode = .any) throws(LuaError)
        -> Function
    {
        let state = try state()
        let top = lua_gettop(state)
        defer { lua_settop(state, top) }
        try reserve(4, on: state)
        let bytes = ContiguousArray(source)
        let status = bytes.withUnsafeBytes { clua_load(state, $0.baseAddress, $0.count, name, mode.rawValue) }
        try check(status, on: state)
        return try Function(popping: self, on: state)
    }

    /// Compiles the text `source`: see ``load(_:name:mode:)-2``.
    public func load(_ source: String, name: String) throws(LuaError) -> Function {
        try load(source.utf8, name: name, mode: .text)
    }

    /// Compiles a file, whose first line may start with `#`; nil is stdin.
    /// - Throws: ``LuaError`` when it can't be read or has a syntax error.
    public func load(file path: LuaString?) throws(LuaError) -> Function {
        let state = try state()
        let top = lua_gettop(state)
        defer { lua_settop(state, top) }
        try reserve(4, on: state)
        let status = path.map { $0.withCString { clua_loadfile(state, $0) } } ?? clua_loadfile(state, nil)
        try check(status, on: state)
        return try Function(popping: self, on: state)
    }

    /// Compiles and runs `source` and gives its results.
    @discardableResult
    public func run(_ source: String, name: String = "=swift", _ arguments: [LuaValue] = []) throws(LuaError)
        -> [LuaValue]
    {
        try load(source, name: name).call(arguments)
    }

    /// The same of a source of any bytes.
    @discardableResult
    public func run(_ source: LuaString, name: String = "=swift", _ arguments: [LuaValue] = [])
        throws(LuaError)
        -> [LuaValue]
    {
        try load(source.bytes, name: name).call(arguments)
    }

    /// The value as `tostring` gives it.
    /// - Throws: ``LuaError`` when its `__tostring` raises.
    public func describe(_ value: LuaValue) throws(LuaError) -> LuaString {
        let state = try state()
        let top = lua_gettop(state)
        defer { lua_settop(state, top) }
        try reserve(4, on: state)
        try push(value, on: state)
        try check(clua_tostring(state), on: state)
        return Interpreter.string(at: -1, on: state)
    }

    /// Emits a warning, as the function `warn` does; "@on" and "@off" switch warnings.
    public func warn(_ message: String) {
        guard let state = try? state() else { return }
        lua_warning(state, message, 0)
    }

    /// Stops or restarts the garbage collector.
    public func collectGarbage() throws(LuaError) {
        let collect = try globals["collectgarbage"]
        try collect.function?.call()
    }

    // MARK: interrupts

    /// Makes the Lua code that runs, in whatever coroutine, raise "interrupted!"; does nothing when none does.
    public func interrupt() {
        if let core { clua_interrupt(core) }
    }

    /// Takes an interrupt back that has not been raised yet. Gives whether there was one.
    @discardableResult
    public func takeInterrupt() -> Bool {
        guard let core, core.pointee.interrupted != 0 else { return false }
        core.pointee.interrupted = 0
        return true
    }

    /// What a signal handler calls to do ``interrupt()``: the function with the context. Both are good until
    /// ``close()``.
    public var interruptHandler:
        (
            function: @convention(c) (UnsafeMutableRawPointer?) -> Void,
            context: UnsafeMutableRawPointer?
        )
    {
        (clua_interrupt, core.map { UnsafeMutableRawPointer($0) })
    }
}
