--- What a fetch brought, in sentences.
local rows = require "docksing.rows"

local fetched = {}

--- Files are told one by one up to here.
local shown = 50

--- The sentences, a line each.
---@param report docksing.FetchReport
---@param place? string for the command line: where what stays can be seen, `/home/alice/runs/one on alice@lab`
---@return string[] lines
function fetched.lines(report, place)
    local unfinished, lines = {}, {}
    for _, path in ipairs(report.unfinished) do unfinished[path] = true end
    for index, path in ipairs(report.fetched) do
        if index > shown and #report.fetched > shown + 10 then
            lines[#lines + 1] = ("fetched %d more"):format(#report.fetched - shown)
            break
        end
        lines[#lines + 1] = "fetched " .. rows.shown(path)
            .. (unfinished[path] and " (it was being written; fetch again for the rest)" or "")
    end
    if #report.fetched + #report.kept + #report.skipped == 0 then
        local others = report.passed_over > 0
            and (" but %d files that %s does not name ('**/*.csv' is in any folder)"):format(report.passed_over,
                place and "--only" or "`only`")
        lines[1] = "nothing new to fetch" .. (others or "")
    end
    for _, kept in ipairs(report.kept) do
        lines[#lines + 1] = ("%s changed here meanwhile and stays; the run's is %s"):format(rows.shown(kept.path),
            rows.shown(kept.fetched_as))
    end
    for _, skipped in ipairs(report.skipped) do
        lines[#lines + 1] = ("%s %s%s"):format(rows.shown(skipped.path), rows.shown(skipped.reason),
            place and "; see " .. place or "")
    end
    return lines
end

local meta = { __name = "docksing.FetchReport" }

function meta.__tostring(report) return table.concat(fetched.lines(report), "\n") end

--- Makes a table with these fields a report that prints as its sentences.
---@param fields table
---@return docksing.FetchReport
function fetched.report(fields) return setmetatable(fields, meta) end

return fetched
