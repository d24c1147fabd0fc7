ActiveSupport::Inflector.inflections(:en) { |inflect| inflect.irregular "mole", "moles" }
