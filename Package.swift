// swift-tools-version: 6.2
import PackageDescription

// Only Debian's -dev packages and a few well-kept Swift packages: see README.md, "Install".
let package = Package(
    name: "docksing-shell",
    products: [
        .executable(name: "docksing-shell", targets: ["docksing-shell"])
    ],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // C: what Swift cannot say to Lua, libssh2 and readline by itself.
        .target(name: "CLua", linkerSettings: [.linkedLibrary("lua5.4")]),
        .target(name: "CSSH", linkerSettings: [.linkedLibrary("ssh2")]),
        .target(name: "CReadline", linkerSettings: [.linkedLibrary("readline")]),

        // The three Swift modules; LuaBridge and Engine do not know each other.
        .target(name: "LuaBridge", dependencies: ["CLua"]),
        .target(
            name: "Engine",
            dependencies: [
                "CSSH", "Yams",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            plugins: ["EmbedScripts"]),
        .executableTarget(
            name: "docksing-shell",
            dependencies: ["LuaBridge", "Engine", "CReadline"],
            plugins: ["EmbedScripts"]),

        // lib/lua and lib/sh become Swift source at build time, so that a copied binary works alone.
        .executableTarget(name: "embed-scripts"),
        .plugin(name: "EmbedScripts", capability: .buildTool(), dependencies: ["embed-scripts"]),

        .executableTarget(
            name: "bridge-benchmark", dependencies: ["LuaBridge"], path: "Benchmarks/Bridge",
            exclude: ["functions.c", "calls.lua"]),

        .target(name: "TestSupport", dependencies: ["Engine"], path: "Tests/TestSupport"),
        .testTarget(name: "LuaBridgeTests", dependencies: ["LuaBridge"]),
        .testTarget(name: "EngineTests", dependencies: ["Engine", "TestSupport"]),
        .testTarget(name: "ShellTests", dependencies: ["TestSupport"]),
        .testTarget(name: "LabTests", dependencies: ["Engine", "TestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .plugin {
    guard !target.name.hasPrefix("C") else { continue }
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ]
}
