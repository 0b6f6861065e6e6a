import Foundation
import TestSupport

extension Lab.Bench {
    /// What scripts begin with that hand in points by themselves: the job of `job.yaml`, and the cluster.
    static let pointsHead = """
        local docksing = require "docksing"
        local job = docksing.load "job.yaml"
        local hpc = docksing.connect(arg[1], { progress = false })

        """

    /// A module `s` with `s.sweep(values, command, changes)`, a sweep of the parameter A whose points write to `out`, and with
    /// `s.hpc`, which connects when it is first asked for.
    private static let module = """
        local s = setmetatable({}, { __index = function(s, key)
            if key ~= "hpc" then return nil end
            rawset(s, key, docksing.connect("HOST", { progress = false }))
            return s.hpc
        end })
        function s.sweep(values, command, changes)
            local spec = {
                name = "s", grid = { A = values },
                job = docksing.job { remotedir = "FOLDER",CHAPTER container = {
                    image = "alpine:latest", command = { "sh", "-c", command }, volumes = { "./out:/out" } } },
            }
            for key, value in pairs(changes or {}) do spec[key] = value end
            return docksing.sweep(spec)
        end
        return s
        """

    /// Writes `script.lua`, which has that module, and an empty folder `out`.
    /// - Parameter slurm: the chapter of the sweeps' job; nil for one that is only for this machine.
    func prepare(sweeps script: String, slurm: String?) throws {
        try write(
            "s.lua",
            Self.module.replacing("FOLDER", with: remotedir).replacing("HOST", with: lab.ssh)
                .replacing("CHAPTER", with: slurm.map { " slurm = \($0)," } ?? ""))
        try write("script.lua", "local s = require 's'\n" + script)
        try FileManager.default.createDirectory(
            at: folder.appending(path: "out"), withIntermediateDirectories: true)
    }
}
