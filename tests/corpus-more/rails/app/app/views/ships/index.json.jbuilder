json.ships(@ships) { |ship| json.extract! ship, :name, :guns }
