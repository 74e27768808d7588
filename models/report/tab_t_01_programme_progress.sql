with

progress as (

    select * from {{ ref('mart_programme__progress') }}

),

final as (

    select
        programme_period,
        programme_label_nb,
        programme_label_en,
        year,
        n_stays,
        n_stays_so_far,
        target,
        target_share,
        cast(round(n_target_so_far) as integer) as n_target_so_far,
        -- Whole stays, the limits rounded outwards.
        cast(round(n_stays_projected_so_far) as integer) as n_stays_projected_so_far,
        cast(floor(projection_low) as integer) as projection_low,
        cast(ceil(projection_high) as integer) as projection_high,
        projection_method,
        projection_method_label_nb,
        projection_method_label_en,
        is_exceptional,
        is_provisional

    from progress

)

select * from final
