with

staff as (

    select * from {{ ref('int_staff_fte_versioned') }}

),

position_codes as (

    select * from {{ ref('int_position_codes_placed') }}
    where row_status = 'current'

),

secondary_positions as (

    select * from {{ ref('secondary_position') }}

),

refs as (

    select * from {{ ref('int_institution_references_resolved') }}

),

lineage as (

    select * from {{ ref('bridge_institution_lineage') }}

),

final as (

    select
        -- keys
        staff.year,
        refs.institution_key as reporting_institution_key,
        lineage.institution_key,
        staff.department_code,
        staff.position_code,

        -- position
        position_codes.position_category_code,
        secondary_positions.position_code is not null as is_secondary_position,

        -- measures
        cast(staff.fte * lineage.institution_weight as decimal(18, 9)) as fte

    from staff
    inner join refs
        on refs.source_system = 'dbh'
        and refs.reference_key = {{ institution_reference_key(dbh_code='staff.dbh_code') }}
        and refs.reference_date = {{ yearly_figures_date('staff.year') }}
    inner join lineage on {{ mapped_to_structure('lineage', 'refs.institution_key', 'refs.reference_date') }}
    left join position_codes on staff.position_code = position_codes.position_code
    left join secondary_positions on staff.position_code = secondary_positions.position_code

)

select * from final
