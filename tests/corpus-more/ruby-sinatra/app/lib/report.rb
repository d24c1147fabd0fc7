require "csv"
require "bigdecimal"
module Report
  def self.csv(rows) = CSV.generate { |c| rows.each { |r| c << r } }
end
