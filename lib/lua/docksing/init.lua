--- docksing: from Docker on this machine to Slurm and Apptainer on a cluster.
---
---     local docksing = require "docksing"
---     local job = docksing.load "config.yaml"
---     local run = docksing.connect "me@hpc":submit(job)
---     for line in run:lines() do print(line) end
local native = require "docksing.native"

---@class docksing
local docksing = {
    --- The version of docksing-shell.
    ---@type string
    version = native.version,
    --- YAML's null, where nil would mean "absent": `job.container.environment.DEBUG = docksing.null`.
    null = native.null,
}

--- Reads a config file.
---@param path string
---@return docksing.Job job raises an error with all mistakes of the file, each with its line
function docksing.load(path)
    return native.load(path)
end

--- Makes a job from a table that has the shape of a config file. Keys are taken in alphabetical order.
---@param config table
---@return docksing.Job
function docksing.job(config)
    return native.job(config)
end

--- Connects to a cluster's login node, over SSH as the user's ssh_config says.
---@param destination string `user@host`, or a Host of ssh_config
---@param options? docksing.ConnectOptions
---@return docksing.Cluster
function docksing.connect(destination, options)
    return native.connect(destination, options)
end

--- This machine's Docker engine, with the same methods as a cluster.
---@param options? {timeout?: number}
---@return docksing.Engine
function docksing.engine(options)
    return native.engine(options)
end

--- Starts a job on this machine's Docker engine.
---@param job docksing.Job
---@param options? {again?: boolean, timeout?: number}
---@return docksing.Run
function docksing.run(job, options)
    return native.engine(options):submit(job, options)
end

return docksing
